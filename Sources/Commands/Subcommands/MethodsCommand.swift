import Contract
import JSON
import Server

enum MethodsCommand: Subcommand {
  static let description = CommandDescription(
    "List the methods that roster call takes.", forms: [CommandForm()],
    paragraphs: ["roster help METHOD describes one of them."])

  static func run<Store: KeptStore>(_ options: Options, _ store: Store.Type) throws {
    var out = ByteBuffer()
    out.append("[")
    for method in ServerCatalog.descriptions {
      out.element()
      out.append("{")
      out.field("method")
      out.write(method.name.description)
      out.field("summary")
      out.write(method.summary.text)
      out.field("capabilities")
      method.access.capabilities.map(\.rawValue).write(into: &out)
      out.append("}")
    }
    out.append("]")
    var parser = JSONParser()
    let list = try parser.parse(out.bytes)
    var printer = ResultPrinter(options.output, columns: ["method", "summary"])
    printer.show(list)
    printer.end()
  }
}
