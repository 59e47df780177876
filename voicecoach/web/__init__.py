"""A shell around the loop: calls, pages, accounts and cohorts in a browser."""
