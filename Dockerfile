# One image for every role: `tocsin serve`, `web`, `worker`, `ticker`, `db upgrade`.
ARG PYTHON=python:3.13.13-slim-bookworm@sha256:355bfa66770995d7e9a0da4b3473b44d0cb451f6b56f5615ad9c39e3c4eca03f

FROM ${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src
# What builds and installs stays in this stage; every download is checked against its hash.
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --require-hashes -r requirements/build.txt \
    && /opt/build/bin/pip wheel --require-hashes --no-build-isolation -r requirements/run.txt -w /wheels
COPY pyproject.toml README.md LICENSE ./
COPY service service
COPY channels channels
COPY scheduling scheduling
COPY migrations migrations
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation -w /wheels . \
    && python -m venv --without-pip /opt/tocsin \
    && /opt/build/bin/pip --python /opt/tocsin/bin/python install --no-index --no-deps /wheels/*.whl

FROM ${PYTHON}
RUN useradd --system --uid 10001 --user-group --create-home --home-dir /var/lib/tocsin \
      --shell /usr/sbin/nologin tocsin
COPY --from=build /opt/tocsin /opt/tocsin
ENV PATH=/opt/tocsin/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    TOCSIN_BIND=0.0.0.0:8080 \
    TOCSIN_DATA_DIR=/var/lib/tocsin
USER 10001:10001
WORKDIR /var/lib/tocsin
EXPOSE 8080
# Whether the process lives: one whose database is away is not helped by a restart.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["tocsin"]
CMD ["serve"]
