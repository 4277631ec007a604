"""Judgement: what may pass, and why not. A leaf package that knows nothing of SMPP or of sockets.

``contract`` holds the shared words, ``ports`` the books a rule may ask; each rule has a file of its own,
``gate`` runs them in order and ``policy`` turns findings into a decision.
"""
