import Contract
import JSON
import Server

extension DocumentTables {
  /// The limits of `server.info`, and those of the params: one row for params with the same limit.
  static var limits: MarkdownTable {
    var told = LimitReader()
    WireLimits.sample.fields(&told)
    return MarkdownTable("What", "Limit", rows: told.rows + paramLimits)
  }

  private static var paramLimits: [[String]] {
    var limits: [String] = []
    var params: [String: [String]] = [:]
    for method in ServerCatalog.descriptions {
      for param in method.params {
        guard let limit = param.schema.limitWords else { continue }
        let name = hasOneLimit(param) ? param.code : "\(param.code) of \(method.code)"
        if params[limit, default: []].contains(name) { continue }
        if params[limit] == nil { limits.append(limit) }
        params[limit, default: []].append(name)
      }
    }
    return limits.map { [params[$0, default: []].joined(separator: ", "), $0] }
  }

  /// Whether the params of this name have the same limit in all methods.
  private static func hasOneLimit(_ param: Field) -> Bool {
    let alike = ServerCatalog.descriptions.flatMap(\.params).filter { $0.name == param.name }
    return Set(alike.map(\.schema.limitWords)).count == 1
  }
}

/// Collects the limits with their values.
private struct LimitReader: ResultVisitor {
  var rows: [[String]] = []

  mutating func field<T: ResultValue>(
    _ name: StaticString, _ value: T, _ description: StaticString
  ) {
    let words = (value as? Int)?.grouped ?? "\(value)"
    rows.append(["\(name.description.asCode): \(description.description.asText)", words])
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    if let value { field(name, value, description) }
  }
}
