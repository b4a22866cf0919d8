package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;

/** What q13 looks up, held in memory: lines "number,text" of a file. Flink's own files cannot be looked up in. */
public final class SideTable implements LookupTableSource {
  private final String path;

  private SideTable(String path) {
    this.path = path;
  }

  @Override
  public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
    return LookupFunctionProvider.of(new Lookup(path));
  }

  @Override
  public DynamicTableSource copy() {
    return new SideTable(path);
  }

  @Override
  public String asSummaryString() {
    return "side table";
  }

  /** By the first column. */
  public static final class Lookup extends LookupFunction {
    private final String path;
    private transient Map<Long, RowData> rows;

    Lookup(String path) {
      this.path = path;
    }

    @Override
    public void open(FunctionContext context) throws IOException {
      rows = new HashMap<>();
      for (String line : Files.readAllLines(Path.of(path))) {
        String[] fields = line.split(",", 2);
        long key = Long.parseLong(fields[0]);
        rows.put(key, GenericRowData.of(key, StringData.fromString(fields[1])));
      }
    }

    @Override
    public Collection<RowData> lookup(RowData key) {
      RowData row = rows.get(key.getLong(0));
      return row == null ? List.of() : List.of(row);
    }
  }

  /** Of tables with 'connector' = 'bench-side'. */
  public static final class Factory implements DynamicTableSourceFactory {
    private static final ConfigOption<String> PATH = ConfigOptions.key("path").stringType().noDefaultValue();

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
      return new SideTable(context.getCatalogTable().getOptions().get(PATH.key()));
    }

    @Override
    public String factoryIdentifier() {
      return "bench-side";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
      return Set.of(PATH);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
      return Set.of();
    }
  }
}
