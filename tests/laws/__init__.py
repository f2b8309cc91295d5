"""The laws: what must hold of every contract and every return, each tried on made-up ones.

A test is named `test_law_NN_words`; NN is the number of the law. `list.py` prints what was tried,
`bite.py` damages the engine by one line for each law (`damage/NN.patch`) and expects it to notice.
"""
