public import Contract
public import JSON
internal import Users

extension Policy {
  /// Decodes a policy file's JSON; throws all its problems, each with a JSON pointer.
  public init(_ json: JSONValue) throws(Failure) {
    guard json.kind == .object else {
      throw .invalidParams([.init("", "must be an object with the field roles")])
    }
    let file = try ParamVisitor.decode(PolicyFile.self, json, unknown: PolicyFile.unknown)
    self.init(custom: file.roles.roles)
  }

  /// The fields of a policy file, for its schema.
  public static var fileFields: [Field] { ParamVisitor.fields(of: PolicyFile.self) }
}

private struct PolicyFile: Params {
  let roles: RoleTable

  /// The message for an unknown field.
  static let unknown: StaticString = "is not known here"

  /// Decodes an object inside the file.
  static func decode<P: Params>(_ type: P.Type, _ json: JSONValue) throws(Failure) -> P {
    try ParamVisitor.decode(type, json, unknown: unknown, isPart: true)
  }

  init(_ v: inout ParamVisitor) {
    roles = v.required("roles", "The grants of each custom role, by name.")
    let _: Label? = v.optional("$schema", "URL or path of this file's schema.")
  }
}

/// Custom roles by name. The predefined ones can't be redefined.
private struct RoleTable: ParamValue {
  var roles: [String: Policy.Role] = [:]

  static var schema: Schema {
    .dictionary(.object(ParamVisitor.fields(of: RoleParams.self)), names: RoleName.pattern ?? "")
  }
  static var placeholder: RoleTable { RoleTable() }

  private init() {}

  init(_ json: JSONValue) throws(InvalidValue) {
    guard json.kind == .object else { throw InvalidValue("must be an object of roles") }
    var problems: [Failure.Problem] = []
    for (key, value) in json.fields {
      let name = key.string ?? ""
      let pointer = "/" + JSONPointer.escape(name)
      do {
        _ = try RoleName(name)
        if RoleName.predefined.contains(name) {
          throw InvalidValue("is a predefined role, which can't be redefined")
        }
        guard value.kind == .object else { throw InvalidValue("must be an object with grants") }
        let role = try PolicyFile.decode(RoleParams.self, value)
        roles[name] = Policy.Role(grants: role.grants.reaches, description: role.description?.value)
      } catch let mismatch as InvalidValue {
        problems += mismatch.problems.map { .init(pointer + $0.pointer, $0.message) }
      } catch let failure as Failure {
        problems += failure.problems.map { .init(pointer + $0.pointer, $0.message) }
      } catch {
        problems.append(.init(pointer, "can't be read"))
      }
    }
    if !problems.isEmpty { throw InvalidValue(problems) }
  }
}

private struct RoleParams: Params {
  let grants: GrantList
  let description: Label?

  init(_ v: inout ParamVisitor) {
    grants = v.required("grants", "The role's grants.")
    description = v.optional("description", "For people.")
  }
}

private struct GrantList: ParamValue {
  var reaches: [Capability: Reach] = [:]

  private static let length = 0...Capability.allCases.count
  static var schema: Schema {
    .array(.object(ParamVisitor.fields(of: GrantParams.self)), length: length)
  }
  static var placeholder: GrantList { GrantList() }

  private init() {}

  init(_ json: JSONValue) throws(InvalidValue) {
    let grants = try json.decodedElements(length: Self.length) {
      (element) throws(InvalidValue) -> GrantParams in
      guard element.kind == .object else {
        throw InvalidValue("must be an object with capability and scope")
      }
      do throws(Failure) {
        return try PolicyFile.decode(GrantParams.self, element)
      } catch {
        throw InvalidValue(error.problems)
      }
    }
    for (at, grant) in grants.enumerated() {
      if reaches.updateValue(grant.scope, forKey: grant.capability) != nil {
        throw InvalidValue([.init("/\(at)/capability", "is granted twice")])
      }
    }
  }
}

private struct GrantParams: Params {
  let capability: Capability
  let scope: Reach

  init(_ v: inout ParamVisitor) {
    capability = v.required("capability", "The capability.")
    scope = v.required("scope", "To whom.")
  }
}

extension Capability: ParamValue {
  public static var schema: Schema { .enumeration(allCases.map(\.rawValue)) }
  public static var placeholder: Capability { .read }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let name = json.string else { throw InvalidValue("must be a string") }
    guard let value = Capability(rawValue: name) else {
      let known = Self.allCases.map(\.rawValue)
      let nearest = Spelling.nearest(to: name, in: known).map { "did you mean \($0)?" }
      let words = nearest ?? "there are " + known.joined(separator: ", ")
      throw InvalidValue("there is no capability \"\(name)\"; \(words)")
    }
    self = value
  }
}

extension Reach: ParamValue {
  public static var schema: Schema { .enumeration(allCases.map(\.rawValue)) }
  public static var placeholder: Reach { .own }

  public init(_ json: JSONValue) throws(InvalidValue) {
    guard let name = json.string else { throw InvalidValue("must be a string") }
    guard let value = Reach(rawValue: name) else {
      throw InvalidValue("there is no scope \"\(name)\"; there are self, organization and all")
    }
    self = value
  }
}
