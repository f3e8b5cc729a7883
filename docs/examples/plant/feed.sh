#!/bin/sh
# Readings for a try: two presses, a message a second each; the oil of press-1 grows hot.
# usage: feed.sh [COUNT]; needs mosquitto_pub and a broker at 127.0.0.1:1883.
i=0
while [ "$i" -lt "${1:-120}" ]; do
  i=$((i + 1))
  now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  for press in 1 2; do
    oil=$((55 + (2 - press) * i / 2 + i % 2))
    printf '{"ts": "%s", "n": %d, "oil": %d, "force": %d}' "$now" "$i" "$oil" $((800 + i % 7)) |
      mosquitto_pub -q 1 -t "plant/press-$press/telemetry" -s
  done
  sleep 1
done
