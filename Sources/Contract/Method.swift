public import JSON

/// A method as one value: its description and its implementation.
public final class Method<Control: AccessControl> {
  /// A prepared call with decoded params: it still has to enter the transaction and to run.
  public typealias Call = (inout ByteBuffer) throws(Failure) -> Void

  public let description: MethodDescription
  private typealias Body = (
    JSONValue?, Control, Control.Request, inout ByteBuffer
  ) throws(Failure) -> Void
  private let body: Body
  private let decoding: (JSONValue?) -> (any Params)?
  private let preparation: (JSONValue?, Control, Control.Request) throws(Failure) -> Call

  /// `run` writes its result, one JSON value, to the buffer.
  public convenience init<P: Params>(
    _ declaration: Declaration<P>,
    run: @escaping (P, Control.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    let description = declaration.description
    let body: Body = { (json, control, request, out) throws(Failure) in
      let grant = try control.enter(description, request)
      let params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
      try run(params, grant, &out)
    }
    self.init(
      declaration, body: description.effect == .read ? body : nil,
      prepare: { (_: P, _: Control, _: Control.Request) throws(Failure) -> Bool in true },
      run: { (params: P, _: Bool, grant: Control.Grant, out: inout ByteBuffer) throws(Failure) in
        try run(params, grant, &out)
      })
  }

  /// `prepare` does slow work before the transaction, so that no writer waits for it, and its
  /// result is passed to `run`.
  public convenience init<P: Params, Prepared>(
    _ declaration: Declaration<P>,
    prepare: @escaping (P, Control, Control.Request) throws(Failure) -> Prepared,
    run: @escaping (P, Prepared, Control.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    self.init(declaration, body: nil, prepare: prepare, run: run)
  }

  private init<P: Params, Prepared>(
    _ declaration: Declaration<P>, body: Body?,
    prepare: @escaping (P, Control, Control.Request) throws(Failure) -> Prepared,
    run: @escaping (P, Prepared, Control.Grant, inout ByteBuffer) throws(Failure) -> Void
  ) {
    let description = declaration.description
    let prepared = {
      (json: JSONValue?, control: Control, request: Control.Request) throws(Failure) -> (
        P, Prepared
      ) in
      // Access and params are checked first, so that refused requests never delay writers.
      try control.admit(description, request)
      let params = try ParamVisitor.decode(P.self, json, ignoresNulls: request.ignoresNulls)
      return (params, try prepare(params, control, request))
    }
    self.description = description
    let whole: Body = { (json, control, request, out) throws(Failure) in
      let (params, ready) = try prepared(json, control, request)
      try run(params, ready, control.enter(description, request), &out)
    }
    self.body = body ?? whole
    decoding = { json in
      do { return try ParamVisitor.decode(P.self, json) } catch { return nil }
    }
    preparation = { (json, control, request) throws(Failure) in
      let (params, ready) = try prepared(json, control, request)
      return { (out) throws(Failure) in
        try run(params, ready, control.enter(description, request), &out)
      }
    }
  }

  public func run(
    _ params: JSONValue?, _ control: Control, _ request: Control.Request, into out: inout ByteBuffer
  ) throws(Failure) {
    try body(params, control, request, &out)
  }

  /// The params, for code that only inspects them; nil if they are invalid.
  public func params(_ json: JSONValue?) -> (any Params)? { decoding(json) }

  /// Does everything that needs no transaction, for a call that runs in one transaction with
  /// others.
  public func prepared(
    _ params: JSONValue?, _ control: Control, _ request: Control.Request
  ) throws(Failure) -> Call {
    try preparation(params, control, request)
  }
}
