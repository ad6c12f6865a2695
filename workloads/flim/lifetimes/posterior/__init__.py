r"""The most that counts say about a lifetime: the posterior over what a recipe draws.

For parameters :math:`\theta` that a recipe draws, the posterior is the prior weighed by
:math:`\prod_t p_t(\theta)^{n_t}`, with :math:`p_t` the share of the counts expected in bin
:math:`t`. Its median has the least expected absolute error that any method can have that sees the
counts, and knows the recipe's ranges and what the posterior is told of the instrument: nothing of
the response (`pixels`, `records`), or all of it (`light`).
"""
