"""Claude's part of a scrape: what code cannot read, under caps on money, with every answer held against its page.

``client`` alone imports ``anthropic``, and only when the first call is made.
"""
