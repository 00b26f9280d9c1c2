public import JSON

/// A method as one value: its description and what it does.
public final class Method<Gate: Gatekeeper> {
  /// A call whose params are decoded: what is left is to enter and to run.
  public typealias Call = (inout ByteBuffer) throws(Failure) -> Void

  public let about: MethodDescription
  private typealias Body = (
    JSONValue?, Gate, Gate.Request, inout ByteBuffer
  ) throws(Failure) -> Void
  private let body: Body
  private let decoding: (JSONValue?) -> (any Params)?
  private let preparation: (JSONValue?, Gate, Gate.Request) throws(Failure) -> Call

  /// `run` writes its result, one JSON value, to the buffer.
  public convenience init<P: Params>(
    _ declaration: Declaration<P>,
    run: @escaping (P, Gate.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    let about = declaration.about
    let body: Body = { (json, gate, request, out) throws(Failure) in
      let grant = try gate.enter(about, request)
      let params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
      try run(params, grant, &out)
    }
    self.init(
      declaration, body: about.effect == .read ? body : nil,
      prepare: { (_: P, _: Gate, _: Gate.Request) throws(Failure) -> Bool in true },
      run: { (params: P, _: Bool, grant: Gate.Grant, out: inout ByteBuffer) throws(Failure) in
        try run(params, grant, &out)
      })
  }

  /// `prepare` does before the transaction what takes long, so that nobody waits for it, and gives it to
  /// `run`.
  public convenience init<P: Params, Prepared>(
    _ declaration: Declaration<P>,
    prepare: @escaping (P, Gate, Gate.Request) throws(Failure) -> Prepared,
    run: @escaping (P, Prepared, Gate.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    self.init(declaration, body: nil, prepare: prepare, run: run)
  }

  private init<P: Params, Prepared>(
    _ declaration: Declaration<P>, body: Body?,
    prepare: @escaping (P, Gate, Gate.Request) throws(Failure) -> Prepared,
    run: @escaping (P, Prepared, Gate.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    let about = declaration.about
    let prepared = {
      (json: JSONValue?, gate: Gate, request: Gate.Request) throws(Failure) -> (P, Prepared) in
      // Refused callers and wrong params never get to where they could hold up writers.
      try gate.admit(about, request)
      let params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
      return (params, try prepare(params, gate, request))
    }
    self.about = about
    let whole: Body = { (json, gate, request, out) throws(Failure) in
      let (params, ready) = try prepared(json, gate, request)
      try run(params, ready, gate.enter(about, request), &out)
    }
    self.body = body ?? whole
    decoding = { json in
      do { return try ParamVisitor.decode(P.self, json) } catch { return nil }
    }
    preparation = { (json, gate, request) throws(Failure) in
      let (params, ready) = try prepared(json, gate, request)
      return { (out) throws(Failure) in try run(params, ready, gate.enter(about, request), &out) }
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
