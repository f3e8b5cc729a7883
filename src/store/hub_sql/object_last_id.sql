-- One that is damaged is not to use up the numbers of all that come.
SELECT max(object) FROM revision WHERE object < 1000000000000000
