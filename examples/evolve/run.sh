#!/bin/sh
# The whole round trip; every step can be typed by hand (README.md). From the root of the repository.
set -e
WEIR="${WEIR:-./weirw}"
DATA="${DATA:-out/evolve/data}"
rm -rf out/evolve
mkdir -p out/evolve/in
head -n 10001 examples/data/flights.csv > out/evolve/in/first.csv
"$WEIR" --data-dir "$DATA" run examples/evolve/first.sql
"$WEIR" --data-dir "$DATA" run examples/evolve/explain.sql
"$WEIR" --data-dir "$DATA" run examples/evolve/refused.sql && exit 1
echo "refused with exit code $?"
(head -n 1 examples/data/flights.csv; tail -n +10002 examples/data/flights.csv) > out/evolve/in/second.csv
"$WEIR" --data-dir "$DATA" run examples/evolve/resume.sql
echo "Days and airports in the output: $(cat out/evolve/daily/part-* | wc -l)"
