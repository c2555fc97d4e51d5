"""A whole story on sample data: everything real but the people and the pace of the plan's clock."""
