"""The tests: a package, so that `from tests import oracle, strategies` works."""
