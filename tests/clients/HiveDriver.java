// Hive's JDBC driver against a server of ours. Ends with an exception where something is not as it has to be.
//
//     java HiveDriver.java URL TOKEN
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

public class HiveDriver {
  static void expect(Object wanted, Object got) {
    if (!String.valueOf(wanted).equals(String.valueOf(got))) throw new AssertionError("not " + wanted + ": " + got);
  }

  // The rows, of the columns with these numbers.
  static List<String> rows(ResultSet result, int... columns) throws SQLException {
    List<String> rows = new ArrayList<>();
    while (result.next()) {
      StringBuilder row = new StringBuilder();
      for (int column : columns) row.append(row.length() > 0 ? " " : "").append(result.getObject(column));
      rows.add(row.toString());
    }
    return rows;
  }

  static void values(Statement statement) throws SQLException {
    ResultSet result = statement.executeQuery("SELECT CAST(1.5 AS DECIMAL(10, 2)) AS a, TIMESTAMP '2026-01-02 10:11:12.345' AS b, "
        + "DATE '2026-01-02' AS c, TIME '10:11:12' AS d, TRUE AS e, CAST(NULL AS BIGINT) AS f, CAST('x' AS VARCHAR(3)) AS g");
    expect("timestamp", result.getMetaData().getColumnTypeName(2));
    expect(10, result.getMetaData().getPrecision(1));
    expect("[1.50 2026-01-02 10:11:12.345 2026-01-02 10:11:12 true null x]", rows(result, 1, 2, 3, 4, 5, 6, 7));
  }

  static void parameters(Connection connection) throws SQLException {
    try (PreparedStatement prepared = connection.prepareStatement("SELECT id FROM of_java WHERE name = ?")) {
      prepared.setString(1, "a");
      expect("[1]", rows(prepared.executeQuery(), 1));
      prepared.setString(1, "a' OR '1' = '1");
      expect("[]", rows(prepared.executeQuery(), 1));
    }
  }

  static void metadata(DatabaseMetaData data) throws SQLException {
    expect("Weir", data.getDatabaseProductName());
    expect("[of_java TABLE]", rows(data.getTables(null, null, "of\\_%", new String[] {"TABLE"}), 3, 4));
    expect("[id 4, name 12]", rows(data.getColumns(null, "default", "of_java", "%"), 4, 5));
    expect("[default_database]", rows(data.getSchemas(), 1));
  }

  static void cancel(Statement statement) throws Exception {
    ResultSet result = statement.executeQuery("SELECT n FROM endless_of_java");
    for (int i = 0; i < 5; ++i) expect(true, result.next());
    Thread other = new Thread(() -> {
      try {
        Thread.sleep(300);
        statement.cancel();
      } catch (Exception error) {
        throw new AssertionError(error);
      }
    });
    other.start();
    try {
      while (result.next()) {}
      throw new AssertionError("it was not cancelled");
    } catch (SQLException error) {
      expect(true, error.getMessage().contains("E8001"));
    }
    other.join();
  }

  static void timeout(Statement statement) throws SQLException {
    statement.setQueryTimeout(1);
    try {
      statement.executeQuery("SELECT COUNT(*) FROM slow_of_java");
      throw new AssertionError("it was waited for without end");
    } catch (SQLException error) {
      expect(true, error.getMessage().contains("timed out"));
    } finally {
      statement.setQueryTimeout(0);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Class.forName("org.apache.hive.jdbc.HiveDriver");
    try (Connection connection = DriverManager.getConnection(arguments[0], "ada", arguments[1]); Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE of_java (id INT, name STRING) WITH ('connector' = 'inline', 'rows' = '\n1, a\n2, NULL\n')");
      statement.execute("CREATE TABLE endless_of_java (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100')");
      statement.execute("CREATE TABLE slow_of_java (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '100', 'number-of-rows' = '100000')");
      expect("[1 a, 2 null]", rows(statement.executeQuery("SELECT * FROM of_java"), 1, 2));
      values(statement);
      parameters(connection);
      metadata(connection.getMetaData());
      try {
        statement.executeQuery("SELECT * FROM nowhere");
        throw new AssertionError("there is no such table");
      } catch (SQLException error) {
        expect(2001, error.getErrorCode());
      }
      cancel(statement);
      timeout(statement);
      expect("[1]", rows(statement.executeQuery("SELECT 1 AS one"), 1));
    }
    try {
      DriverManager.getConnection(arguments[0], "ada", "no").close();
      throw new AssertionError("a wrong password lets in");
    } catch (SQLException error) {
      expect(true, error.getMessage().contains("Could not open client transport"));
    }
    System.out.println("hive-jdbc: all well");
  }
}
