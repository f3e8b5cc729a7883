-- Where an object is, or was at last, and each site that it was of before, with the newest change
-- there: columns as in revision_list.sql from the site on. Each place is one step in an index.
WITH RECURSIVE
  last (number, site, change, is_current) AS (
    SELECT revision, site, 0, 1 FROM object WHERE id = ?1
    UNION ALL
    SELECT b.revision, coalesce(r.site, b.site), r.change, 0
    FROM buried b LEFT JOIN revision r ON r.object = b.id AND r.number = b.revision
    WHERE b.id = ?1),
  place (site) AS (
    SELECT min(site) FROM revision WHERE object = ?1 AND site >= 0
    UNION ALL
    SELECT (SELECT min(r.site) FROM revision r WHERE r.object = ?1 AND r.site > p.site)
    FROM place p WHERE p.site IS NOT NULL),
  past (site, change) AS (
    SELECT p.site, (SELECT r.change FROM revision r
                    WHERE r.object = ?1 AND r.site = p.site
                      AND r.number < (SELECT number FROM last)
                    ORDER BY r.number DESC LIMIT 1)
    FROM place p WHERE p.site IS NOT NULL)
SELECT site, change, is_current FROM last
UNION ALL
SELECT site, change, 0 FROM past WHERE change IS NOT NULL
