#!/bin/sh
# oracle.sh DIRECTORY [key=value…] SCRIPT.sql…: what Apache Flink answers (the head of Oracle.java says how). DIRECTORY is
# where `mvn package` has put the program and Flink's jars.
built=$1
shift
exec java -Xmx2g \
  --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
  --add-opens=java.base/java.time=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED \
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED -cp "$built/flink-oracle-1.jar:$built/lib/*" weir.Oracle "$@"
