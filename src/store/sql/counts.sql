SELECT (SELECT count(*) FROM alert WHERE state = 'open'),
       (SELECT count(*) FROM alert),
       (SELECT count(*) FROM verdict)
