SELECT lane, applied FROM progress ORDER BY lane
