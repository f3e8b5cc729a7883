SELECT EXISTS (SELECT 1 FROM audit_action a JOIN audit_leaf l ON l.action = a.id
               WHERE a.name = 'person.erased')
