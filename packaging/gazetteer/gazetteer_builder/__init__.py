"""Makes cinestreamd/gazetteer/cities.sqlite out of public registers; see README.md beside build.py."""
