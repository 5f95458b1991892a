"""A semantic paper recommender for arXiv.

    sources  ->  store  ->  embed  ->  index  ->  rank  ->  digest
    (papers)    (truth)   (vectors)   (FAISS)   (sections)  (README, pages, feeds)

`pipeline` is the only module that knows every stage; `cli` is a thin shell around it.
"""
