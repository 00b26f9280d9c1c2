public import JSON

/// What makes a method a tool of agents. Methods that carry passwords or tokens are none.
public struct AgentTool: Sendable {
  /// What a model should know besides the summary.
  public let advice: String
  /// Whether it is of use only where mail goes out, because its answer would hold a secret otherwise.
  public let needsMail: Bool

  public init(_ advice: String, needsMail: Bool = false) {
    self.advice = advice
    self.needsMail = needsMail
  }
}

/// All that is to be said of a method. Dispatch, validation, documents and tests read it here.
public struct MethodDescription: Sendable {
  public let name: StaticString
  public let summary: String
  public let access: Access
  public let effect: Effect
  /// Whether doing it twice leaves what doing it once does.
  public let isIdempotent: Bool
  /// Whether it runs other methods, so that its reply may be long.
  public let runsOthers: Bool
  /// nil for what agents don't get.
  public let tool: AgentTool?
  private let ownRefusals: [Failure.Kind]
  /// What params and result look like. Only documents and messages ask, and a server that starts does
  /// not wait for them to be put together.
  private let shape: @Sendable () -> (params: [Field], result: Shape)
  private let madeExamples: @Sendable () -> [MethodExample]

  init(
    name: StaticString, summary: String, access: Access, effect: Effect, isIdempotent: Bool,
    runsOthers: Bool, tool: AgentTool?, refusals: [Failure.Kind],
    examples: @escaping @Sendable () -> [MethodExample],
    shape: @escaping @Sendable () -> (params: [Field], result: Shape)
  ) {
    self.name = name
    self.summary = summary
    self.access = access
    self.effect = effect
    self.isIdempotent = isIdempotent
    self.runsOthers = runsOthers
    self.tool = tool
    ownRefusals = refusals
    self.shape = shape
    madeExamples = examples
  }

  public var params: [Field] { shape().params }
  public var result: Shape { shape().result }
  /// Both, for who wants both: they are put together anew each time.
  public var shapes: (params: [Field], result: Shape) { shape() }
  /// What its callers can be refused with besides the envelope's errors: what follows from who may
  /// call and what it changes, and its own.
  public var refusals: [Failure.Kind] {
    var kinds = Set(ownRefusals)
    if access != .open { kinds.formUnion([.unauthenticated, .permissionDenied]) }
    if effect != .read { kinds.formUnion([.permissionDenied, .storageFull, .outcomeUnknown]) }
    if access != .open || effect != .read { kinds.insert(.storageUnavailable) }
    return Failure.Kind.allCases.filter { kinds.contains($0) }
  }

  /// Whether a bulk takes it: what changes something, and is not open to all.
  public var isInBulk: Bool { effect != .read && !access.capabilities.isEmpty }

  /// At least one.
  public var examples: [MethodExample] { madeExamples() }

  /// The name as a tool, which hosts allow letters, digits and underscores for.
  public var toolName: String { String(name.description.map { $0 == "." ? "_" : $0 }) }
}

/// What belongs to one request.
public protocol MethodRequest {
  /// Whether a param that is null counts as not given.
  var ignoresNulls: Bool { get }
}

/// Decides who may call a method, and opens the transaction that it runs in.
public protocol Gatekeeper: AnyObject {
  associatedtype Request: MethodRequest
  /// Proof that the caller may, and the way to the accounts: without one no method runs.
  associatedtype Grant

  /// Refuses who may not call the method, before anything of the request is looked at.
  func admit(_ method: MethodDescription, _ request: Request) throws(Failure)

  /// Opens the transaction that the method runs in, and checks the caller in it.
  func enter(_ method: MethodDescription, _ request: Request) throws(Failure) -> Grant

  /// Whether agents get this method as a tool, if they may call it.
  func isTool(_ method: MethodDescription) -> Bool

  /// Those of the methods that an agent is shown as tools; refuses who may call nothing.
  func tools(among methods: [MethodDescription]) throws(Failure) -> [MethodDescription]
}

/// A method as one value: its description and what it does.
public final class Method<Gate: Gatekeeper> {
  /// A call whose params are decoded: what is left is to enter and to run.
  public typealias Call = (inout ByteBuffer) throws(Failure) -> Void

  public let about: MethodDescription
  private let body: (JSONValue?, Gate, Gate.Request, inout ByteBuffer) throws(Failure) -> Void
  private let decoding: (JSONValue?) -> (any Params)?
  private let preparation: (JSONValue?, Gate, Gate.Request) throws(Failure) -> Call

  /// `run` writes its result, one JSON value, to the buffer. `prepare` does before the transaction
  /// what takes long, so that nobody waits for it.
  public init<P: Params>(
    _ name: StaticString, _ summary: String, access: Access, effect: Effect,
    isIdempotent: Bool, runsOthers: Bool = false, tool: AgentTool? = nil,
    refusals: [Failure.Kind] = [],
    result: @autoclosure @escaping @Sendable () -> Shape,
    examples: @autoclosure @escaping @Sendable () -> [MethodExample],
    prepare: ((inout P, Gate, Gate.Request) throws(Failure) -> Void)? = nil,
    run: @escaping (P, Gate.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    let about = MethodDescription(
      name: name, summary: summary, access: access, effect: effect, isIdempotent: isIdempotent,
      runsOthers: runsOthers, tool: tool, refusals: refusals, examples: examples
    ) { (ParamVisitor.fields(of: P.self), result()) }
    let decode = { (json: JSONValue?, gate: Gate, request: Gate.Request) throws(Failure) -> P in
      // Refused callers and wrong params never get to where they could hold up writers.
      try gate.admit(about, request)
      var params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
      try prepare?(&params, gate, request)
      return params
    }
    self.about = about
    if effect == .read, prepare == nil {
      body = { (json, gate, request, out) throws(Failure) in
        let grant = try gate.enter(about, request)
        let params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
        try run(params, grant, &out)
      }
    } else {
      body = { (json, gate, request, out) throws(Failure) in
        let params = try decode(json, gate, request)
        try run(params, gate.enter(about, request), &out)
      }
    }
    decoding = { json in
      do { return try ParamVisitor.decode(P.self, json) } catch { return nil }
    }
    preparation = { (json, gate, request) throws(Failure) in
      let params = try decode(json, gate, request)
      return { (out) throws(Failure) in try run(params, gate.enter(about, request), &out) }
    }
  }

  public func run(
    _ params: JSONValue?, _ gate: Gate, _ request: Gate.Request, into out: inout ByteBuffer
  ) throws(Failure) {
    try body(params, gate, request, &out)
  }

  /// The params, for who only looks at them; nil if they don't fit.
  public func params(_ json: JSONValue?) -> (any Params)? { decoding(json) }

  /// Does all of a call that needs no transaction, for one that is to run together with others.
  public func prepared(
    _ params: JSONValue?, _ gate: Gate, _ request: Gate.Request
  ) throws(Failure) -> Call {
    try preparation(params, gate, request)
  }
}

/// All methods, in the order in which documents list them.
public struct Catalog<Gate: Gatekeeper> {
  public let methods: [Method<Gate>]

  public init(_ methods: [Method<Gate>]) { self.methods = methods }

  public var descriptions: [MethodDescription] { methods.map(\.about) }

  /// The method with this name; names differ early in length, so a scan beats hashing.
  public func method(named name: JSONValue) -> Method<Gate>? {
    for method in methods where name.equals(method.about.name) { return method }
    return nil
  }
}
