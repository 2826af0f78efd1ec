"""What tracking took in, for people: the stream of hits, links and files, webinars, and whether all of it works."""
