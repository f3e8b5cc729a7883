SELECT applied FROM progress WHERE lane = ?1
