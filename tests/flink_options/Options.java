import java.io.BufferedWriter;
import java.io.File;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.apache.flink.annotation.docs.Documentation;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.FallbackKey;

/**
 * Lists the options of Flink: every public static ConfigOption of every class in the jars of given folders.
 *
 * <p>usage: Options OUT.tsv FOLDER... A line of OUT is {@code class TAB key TAB type TAB default TAB other keys}, sorted.
 * Of options that a name or a prefix belongs in front of (metrics reporters) the key has what Flink's documents write there,
 * in angle brackets. Other keys are Flink's fallbacks and deprecated ones, with spaces between them. Jars within jars
 * (the planner's) must be unpacked before. A class that cannot be loaded, as what it needs is in none of the jars, is named
 * on standard error.
 */
public class Options {
  private static final byte[] MARK = "org/apache/flink/configuration/ConfigOption".getBytes(StandardCharsets.ISO_8859_1);

  public static void main(String[] argv) throws Exception {
    List<File> jars = new ArrayList<>();
    for (int i = 1; i < argv.length; ++i) {
      for (File file : new File(argv[i]).listFiles()) {
        if (file.getName().endsWith(".jar")) {
          jars.add(file);
        }
      }
    }
    Collections.sort(jars);
    List<URL> urls = new ArrayList<>();
    for (File jar : jars) {
      urls.add(jar.toURI().toURL());
    }
    ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), Options.class.getClassLoader());
    TreeSet<String> lines = new TreeSet<>();
    for (File jar : jars) {
      if (jar.getName().startsWith("flink-")) {
        readJar(jar, loader, lines);
      }
    }
    try (BufferedWriter out = Files.newBufferedWriter(Path.of(argv[0]))) {
      out.write("# class, key, type, default, other keys; by Options.java from Flink "
          + ConfigOption.class.getPackage().getImplementationVersion() + "\n");
      for (String line : lines) {
        out.write(line + "\n");
      }
    }
  }

  private static void readJar(File file, ClassLoader loader, TreeSet<String> lines) throws Exception {
    try (JarFile jar = new JarFile(file)) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (!name.startsWith("org/apache/flink/") || name.contains("/shaded/") || !name.endsWith(".class")) {
          continue;
        }
        byte[] bytes = jar.getInputStream(entry).readAllBytes();
        if (contains(bytes, MARK)) {
          readClass(name.substring(0, name.length() - 6).replace('/', '.'), loader, lines);
        }
      }
    }
  }

  private static boolean contains(byte[] bytes, byte[] mark) {
    return new String(bytes, StandardCharsets.ISO_8859_1).contains(new String(mark, StandardCharsets.ISO_8859_1));
  }

  private static void readClass(String name, ClassLoader loader, TreeSet<String> lines) {
    try {
      for (Field field : Class.forName(name, false, loader).getDeclaredFields()) {
        boolean open = Modifier.isPublic(field.getModifiers()) && Modifier.isStatic(field.getModifiers());
        if (open && field.getType() == ConfigOption.class) {
          field.setAccessible(true);
          lines.add(line(name, field, (ConfigOption<?>) field.get(null)));
        }
      }
    } catch (ReflectiveOperationException | LinkageError error) {
      System.err.println(name + ": " + error);
    }
  }

  private static String line(String name, Field field, ConfigOption<?> option) throws ReflectiveOperationException {
    Documentation.SuffixOption suffix = field.getAnnotation(Documentation.SuffixOption.class);
    if (suffix == null) {
      suffix = field.getDeclaringClass().getAnnotation(Documentation.SuffixOption.class);
    }
    String key = suffix == null ? option.key() : suffix.value() + "." + option.key();
    List<String> others = new ArrayList<>();
    for (FallbackKey other : option.fallbackKeys()) {
      others.add(other.getKey());
    }
    return String.join("\t", name.substring(name.lastIndexOf('.') + 1), key, type(option), text(option.defaultValue()),
        String.join(" ", others));
  }

  /** The class of the values; of an enum its words. */
  private static String type(ConfigOption<?> option) throws ReflectiveOperationException {
    Method method = ConfigOption.class.getDeclaredMethod("getClazz");
    method.setAccessible(true);
    Class<?> type = (Class<?>) method.invoke(option);
    Method list = ConfigOption.class.getDeclaredMethod("isList");
    list.setAccessible(true);
    String text = type.getSimpleName();
    if (type.isEnum()) {
      List<String> words = new ArrayList<>();
      for (Object word : type.getEnumConstants()) {
        words.add(word.toString());
      }
      text = String.join("|", words);
    }
    return (Boolean) list.invoke(option) ? "List of " + text : text;
  }

  private static String text(Object value) {
    if (value == null) {
      return "";
    }
    String text = value instanceof Duration time ? time.toMillis() + " ms" : value.toString();
    return text.replace("\n", "\\n").replace("\t", "\\t");
  }
}
