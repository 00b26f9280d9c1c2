public import JSON

/// Goes through the declared params of a method: decodes them from a request, by name or by
/// position, and lists every problem at once; or collects their description.
public struct ParamVisitor {
  private let json: JSONValue?
  private let ignoresNulls: Bool
  private var problems: [Failure.Problem] = []
  /// Members of an object that a field has claimed.
  private var claimed = 0
  private var given = 0
  /// The elements that are left of an array, and how many were taken.
  private var elements: JSONValue.Elements?
  private var position = 0
  /// nil while decoding.
  private var description: [Field]?

  private init(_ json: JSONValue?, ignoresNulls: Bool = false) {
    self.json = json
    self.ignoresNulls = ignoresNulls
    switch json?.kind {
    case .array: elements = json?.elements
    case .object: given = json?.count ?? 0
    default: break
    }
  }

  /// Decodes `P` or throws all that is wrong with it.
  ///
  /// `unknown` says what is wrong with a name that is not declared. Names that stand twice are told
  /// by whoever decodes the whole, and not once more for a part of it. With `ignoresNulls` a member
  /// that is null counts as not given.
  public static func decode<P: Params>(
    _ type: P.Type, _ json: JSONValue?, unknown: StaticString = "is not a param of this method",
    isPart: Bool = false, ignoresNulls: Bool = false
  ) throws(Failure) -> P {
    var visitor = ParamVisitor(json, ignoresNulls: ignoresNulls)
    let params = P(&visitor)
    visitor.finish(type, unknown, isPart)
    if !visitor.problems.isEmpty { throw .invalidParams(visitor.problems) }
    return params
  }

  /// What `P` declares.
  public static func fields<P: Params>(of type: P.Type) -> [Field] {
    var visitor = ParamVisitor(nil)
    visitor.description = []
    _ = P(&visitor)
    return visitor.description ?? []
  }

  public mutating func required<T: ParamValue>(_ name: StaticString, _ about: StaticString) -> T {
    if description != nil {
      describe(name, nil, about, T.shape, isRequired: true)
    } else if let (value, place) = take(name, nil) {
      return decode(value, place) ?? T.placeholder
    } else {
      problems.append(.init("/\(name)", "is required"))
    }
    return T.placeholder
  }

  /// nil when absent or null.
  @inline(__always)
  public mutating func optional<T: ParamValue>(
    _ name: StaticString, alias: StaticString? = nil, _ about: StaticString
  ) -> T? {
    if isDone { return nil }
    return someOptional(name, alias, about)
  }

  private mutating func someOptional<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, _ about: StaticString
  ) -> T? {
    if description != nil {
      describe(name, alias, about, .nullable(T.shape), isRequired: false)
      return nil
    }
    guard let (value, place) = take(name, alias), value.kind != .null else { return nil }
    return decode(value, place)
  }

  /// A switch that is off unless set.
  public mutating func flag(_ name: StaticString, _ about: StaticString) -> Bool {
    optional(name, about) ?? false
  }

  /// A field of a patch: absent keeps, null clears, unless it counts as absent.
  @inline(__always)
  public mutating func patch<T: ParamValue>(
    _ name: StaticString, alias: StaticString?, canClear: Bool, _ about: StaticString
  ) -> Patch<T> {
    if isDone { return .keep }
    return somePatch(name, alias, canClear, about)
  }

  private mutating func somePatch<T: ParamValue>(
    _ name: StaticString, _ alias: StaticString?, _ canClear: Bool, _ about: StaticString
  ) -> Patch<T> {
    if description != nil {
      describe(name, alias, about, canClear ? .nullable(T.shape) : T.shape, isRequired: false)
      return .keep
    }
    guard let (value, place) = take(name, alias) else { return .keep }
    if value.kind == .null {
      // By position there is no other way to leave a field out.
      if json?.kind == .array { return .keep }
      if canClear { return .clear }
      problems.append(.init(place.pointer, "can't be null; leave it out to keep the value"))
      return .keep
    }
    return decode(value, place).map { .set($0) } ?? .keep
  }

  /// All params as they came, in one form, to tell whether another request asks for the same.
  public var canonicalParams: String {
    guard let json else { return "" }
    var out = ByteBuffer()
    out.append(canonical: json)
    return out.string
  }

  /// Adds a problem that lies in how values go together.
  public mutating func report(_ pointer: String, _ message: String) {
    if description == nil { problems.append(.init(pointer, message)) }
  }

  /// Whether every member that came is claimed: most requests name few of a method's params.
  private var isDone: Bool { claimed == given && elements == nil && description == nil }

  private mutating func describe(
    _ name: StaticString, _ alias: StaticString?, _ about: StaticString, _ shape: Shape,
    isRequired: Bool
  ) {
    description?.append(
      Field(
        name.description, alias: alias?.description, about.description, shape,
        isRequired: isRequired))
  }

  /// Where a value came from; its pointer is only spelled out for a problem.
  private enum Place {
    case name(StaticString)
    case position(Int)

    var pointer: String {
      switch self {
      case .name(let name): "/\(name)"
      case .position(let position): "/\(position)"
      }
    }
  }

  private mutating func decode<T: ParamValue>(_ value: JSONValue, _ place: Place) -> T? {
    do {
      return try T(value)
    } catch {
      problems += error.problems.map { .init(place.pointer + $0.pointer, $0.message) }
      return nil
    }
  }

  private mutating func take(
    _ name: StaticString, _ alias: StaticString?
  ) -> (JSONValue, Place)? {
    if elements != nil {
      position += 1
      return elements?.next().map { ($0, .position(position - 1)) }
    }
    if claimed == given { return nil }
    var found: (JSONValue, Place)?
    if let value = claim(name) { found = (value, .name(name)) }
    if let alias, let value = claim(alias) {
      if found != nil {
        problems.append(.init("/\(name)", "is the same as \"\(alias)\"; give one of the two"))
        problems.append(.init("/\(alias)", "is the same as \"\(name)\"; give one of the two"))
      }
      found = found ?? (value, .name(alias))
    }
    return found
  }

  private mutating func claim(_ name: StaticString) -> JSONValue? {
    guard let value = json?.member(name) else { return nil }
    claimed += 1
    return ignoresNulls && value.kind == .null ? nil : value
  }

  /// Names what no field has claimed, and what stands twice.
  private mutating func finish<P: Params>(
    _ type: P.Type, _ unknown: StaticString, _ isPart: Bool
  ) {
    guard let json else { return }
    while let extra = elements?.next() {
      if extra.kind != .null { problems.append(.init("/\(position)", "is one param too many")) }
      position += 1
    }
    // With an array there are no names; with every member claimed none can be unknown or repeated.
    if claimed < given { reportUnclaimed(json, Self.fields(of: type), unknown) }
    if !isPart, let nested = json.firstDuplicate() {
      problems.append(.init(json.pointer(to: nested), "stands twice in its object"))
    }
  }

  private mutating func reportUnclaimed(
    _ json: JSONValue, _ fields: [Field], _ unknown: StaticString
  ) {
    let known = fields.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
    for (key, _) in json.members {
      let name = key.string ?? ""
      if known.contains(name) { continue }
      let nearest = Spelling.nearest(to: name, in: known).map { "; did you mean \"\($0)\"?" }
      problems.append(
        .init("/" + JSONPointer.escape(name), unknown.description + (nearest ?? "")))
    }
  }
}
