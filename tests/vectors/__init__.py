"""Vectors of the shared papers, each through a contract file of the library: the vector's inputs in, its numbers out.

`registry` says which function reproduces which vector, `given` watches what a function reads of its vector, and `filed`
is the contract file at hand. The modules `of_*` hold the functions. `tests/test_vectors.py` runs them all.
"""
