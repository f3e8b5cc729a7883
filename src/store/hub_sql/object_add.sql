INSERT INTO object (id, kind, name, revision, head, site, links)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
