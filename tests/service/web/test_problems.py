"""service.web.problems"""


class TestForPrograms:
    def test_an_unknown_address_is_a_problem_document(self, client):
        answer = client.get("/api/v1/nowhere", headers={"X-Request-ID": "abc"})
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert answer.json["title"] == "Not Found"
        assert answer.json["request_id"] == "abc"

    def test_a_wrong_method_names_the_right_ones(self, client):
        answer = client.post("/api/v1/openapi.json")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]
        assert answer.mimetype == "application/problem+json"


class TestForPeople:
    def test_an_unknown_address_is_a_page_with_a_way_forward(self, client):
        answer = client.get("/nowhere/at/all", headers={"Accept-Language": "fr"})
        assert answer.status_code == 404
        assert "Il n’y a rien ici" in answer.text
        assert 'href="/"' in answer.text
