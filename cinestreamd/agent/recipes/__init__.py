"""Recipes: how a page that a model has read once is read again without one.

``rules`` says what a recipe may refer to, ``replay`` reads a page by it, ``compiler`` learns one from an answer that
was verified, ``cookbook`` keeps those of a cinema. None of it calls anybody.
"""
