import Contract
import JSON
import Testing
import UserMethods
import Users

/// Policy files: valid ones, and the problems of invalid ones.
@Suite struct PolicyFileTests {
  private static func policy(_ text: String) throws -> Policy {
    var parser = JSONParser()
    return try Array(text.utf8).withUnsafeBufferPointer { try Policy(parser.parse($0)) }
  }

  /// All problems, each as its pointer and message.
  private static func problems(_ text: String) throws -> [String] {
    do {
      _ = try policy(text)
      return []
    } catch let failure as Failure {
      return failure.problems.map { "\($0.pointer): \($0.message)" }
    }
  }

  @Test(
    "A valid policy file is accepted",
    arguments: [
      #"{"roles":{}}"#, #"{"$schema":"https://example.com/policy.json","roles":{}}"#,
      #"{"roles":{"help.desk:1-x_Y":{"grants":[]}}}"#,
      #"{"roles":{"a":{"grants":[],"description":"Looks after people."}}}"#,
      #"{"roles":{"a":{"grants":[{"capability":"users.read","scope":"all"}]},"b":{"grants":[]}}}"#,
      #"{"roles":{"a":{"grants":[{"scope":"self","capability":"users.tokens"},"#
        + #"{"capability":"users.read","scope":"organization"}]}}}"#,
    ])
  func valid(text: String) throws {
    #expect(try Self.problems(text) == [])
  }

  private static let words =
    "there are users.read, users.create, users.update, users.invite, users.reset_password, "
    + "users.delete, users.purge, users.grant, users.events, users.tokens"

  @Test(
    "A mistake in a policy file is reported with its pointer",
    arguments: [
      ("[]", [": must be an object with the field roles"]),
      ("null", [": must be an object with the field roles"]),
      ("{}", ["/roles: is required"]),
      (#"{"roles":[]}"#, ["/roles: must be an object of roles"]),
      (#"{"roles":null}"#, ["/roles: must be an object of roles"]),
      (#"{"role":{},"roles":{}}"#, [#"/role: is not known here; did you mean "roles"?"#]),
      (#"{"roles":{},"$schema":7}"#, ["/$schema: must be a string"]),
    ])
  func file(text: String, problems: [String]) throws {
    #expect(try Self.problems(text) == problems)
  }

  @Test(
    "A mistake in a role is reported with its pointer",
    arguments: [
      (#""a b":{"grants":[]}"#, ["/a b: must match ^[a-zA-Z0-9_.:\\-]+$"]),
      (#""a/~b":{"grants":[]}"#, ["/a~1~0b: must match ^[a-zA-Z0-9_.:\\-]+$"]),
      (#""":{"grants":[]}"#, ["/: must have 1 to 64 characters, not 0"]),
      (
        #""admin":{"grants":[]}"#, ["/admin: is a predefined role, which can't be redefined"]
      ),
      (
        #""owner":7,"member":{},"annotator":{}"#,
        ["owner", "member", "annotator"].map {
          "/\($0): is a predefined role, which can't be redefined"
        }
      ),
      (#""a":[]"#, ["/a: must be an object with grants"]),
      (#""a":{}"#, ["/a/grants: is required"]),
      (#""a":{"grants":[],"scope":"all"}"#, ["/a/scope: is not known here"]),
      (#""a":{"grants":{}}"#, ["/a/grants: must be a list"]),
      (
        #""a":{"grants":[1,2,3,4,5,6,7,8,9,10,11]}"#,
        ["/a/grants: must have 0 to 10 entries, not 11"]
      ),
      (
        #""a":{"grants":[7]},"b":{"grants":7}"#,
        [
          "/a/grants/0: must be an object with capability and scope", "/b/grants: must be a list",
        ]
      ),
      (#""a":{"grants":[]},"a":{"grants":[]}"#, ["/a: appears twice in its object"]),
      (#""a":{"grants":[],"grants":[]}"#, ["/a/grants: appears twice in its object"]),
    ])
  func roles(text: String, problems: [String]) throws {
    #expect(try Self.problems("{\"roles\":{\(text)}}") == problems.map { "/roles" + $0 })
  }

  @Test(
    "A mistake in a grant is reported with its pointer",
    arguments: [
      ("{}", ["/0/capability: is required", "/0/scope: is required"]),
      (#"{"capability":"users.read"}"#, ["/0/scope: is required"]),
      (
        #"{"capability":"users.reed","scope":"all"}"#,
        [#"/0/capability: there is no capability "users.reed"; did you mean users.read?"#]
      ),
      (
        #"{"capability":"everything","scope":"all"}"#,
        [#"/0/capability: there is no capability "everything"; \#(words)"#]
      ),
      (
        #"{"capability":7,"scope":true}"#,
        ["/0/capability: must be a string", "/0/scope: must be a string"]
      ),
      (
        #"{"capability":"users.read","scope":"own"}"#,
        [#"/0/scope: there is no scope "own"; there are self, organization and all"#]
      ),
      (
        #"{"capability":"users.read","scope":"all","to":"me"}"#, ["/0/to: is not known here"]
      ),
      (
        #"{"capability":"users.read","scope":"all"},{"capability":"users.read","scope":"self"}"#,
        ["/1/capability: is granted twice"]
      ),
      (
        #"{"capability":"users.read","scope":"all"},{"scope":"x","capability":"users.read"}"#,
        [#"/1/scope: there is no scope "x"; there are self, organization and all"#]
      ),
      (
        #"{"capability":"users.read","scope":"all","scope":"self"}"#,
        ["/0/scope: appears twice in its object"]
      ),
    ])
  func grants(text: String, problems: [String]) throws {
    let file = "{\"roles\":{\"a\":{\"grants\":[\(text)]}}}"
    #expect(try Self.problems(file) == problems.map { "/roles/a/grants" + $0 })
  }
}
