-- Who does not see an object where it is may have seen it where it was: the places of its past are
-- found without reading that.
CREATE INDEX revision_by_place ON revision (object, site, number);
