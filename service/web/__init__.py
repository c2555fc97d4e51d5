"""The web shell every noun's views stand on: context, callers, problems, parsing, words, looks."""
