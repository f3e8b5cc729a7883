SELECT max(object) FROM revision
