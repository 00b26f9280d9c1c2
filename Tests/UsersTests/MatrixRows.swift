/// The outcome of each question: for each caller, one character of `Verdict` per target, in the
/// order own, peer, higher, highest, foreign, deleted, absent. One character alone stands for all
/// targets; a target with a dash is not tested.
enum MatrixRows {
  static func cells(of name: String, _ caller: Caller) -> [(target: Target, letter: Character)] {
    zip(Target.allCases, rows[name]?[caller] ?? "").filter { $0.1 != "-" }.map { ($0, $1) }
  }

  /// Callers that a row does not name get `others`; those without a valid credential get 401 unless
  /// the row names them.
  private static func row(
    others: String, _ letters: [(callers: [Caller], letters: String)]
  ) -> [Caller: String] {
    var row: [Caller: String] = [:]
    for caller in Caller.allCases { row[caller] = spread(others) }
    for caller in Caller.unauthenticated { row[caller] = spread("u") }
    for (callers, letters) in letters { for caller in callers { row[caller] = spread(letters) } }
    return row
  }

  private static func spread(_ letters: String) -> String {
    letters.count == 1 ? String(repeating: letters, count: Target.allCases.count) : letters
  }

  /// Callers that read their own organization only.
  private static let bound: [Caller] =
    [.member, .annotator, .helpdesk, .recruiter, .selfservice] + inOrganization
  /// Admins with a launch that is limited to one organization.
  private static let inOrganization: [Caller] = [.adminInOrganization, .mailingInOrganization]
  private static let admins: [Caller] = [.admin, .session]

  static let rows = reading.merging(changing) { $1 }.merging(credentials) { $1 }
    .merging(open) { $1 }

  // MARK: Reading

  private static let finding = row(
    others: "dddddhh",
    [(bound, "ddddhhh"), ([.memberWithoutOrganization], "dhhhhhh"), ([.label], "x")])

  private static let watching = row(others: "x", [(admins + watchers, "d")])
  private static let watchers: [Caller] =
    [.owner, .adminReadOnly, .auditor] + inOrganization

  private static let reading = [
    "users.list": finding, "users.count": finding, "users.get": finding,
    // Callers that may restore deleted accounts see them.
    "users.list the deleted": row(
      others: "h",
      [
        (admins + inOrganization + [.owner, .helpdesk], "hhhhhdh"), ([.label], "x"),
      ]),
    "users.get_current": row(others: "d", [([.label], "x")]),
    "users.events": row(
      others: "x",
      [
        (admins + [.owner, .adminReadOnly, .auditor], "dddddhh"),
        (inOrganization, "ddddhhh"),
      ]),
    "users.events by id": row(
      others: "x",
      [
        (admins + [.owner, .adminReadOnly, .auditor], "ddddddh"),
        (inOrganization, "ddddhdh"),
      ]),
    "users.subscribe": watching, "users.unsubscribe": watching,
  ]

  // MARK: Changing

  /// No caller deletes or disables its own account, or changes its own roles. Only an owner changes
  /// an owner, and no caller takes roles from an account with more rights.
  private static let deleting: [(callers: [Caller], letters: String)] = [
    (admins, "pddpdhh"), ([.owner], "pddddhh"), (inOrganization, "pdxphhh"),
  ]

  private static let changing = [
    // Its targets are organizations.
    "users.create": row(
      others: "x", [(admins + [.owner], "d"), (inOrganization, "ddddxdx")]),
    "users.update": row(
      others: "x",
      [
        (admins + [.narrowed], "dddpdhh"), ([.owner], "dddddhh"),
        (inOrganization + [.helpdesk], "dddphhh"), ([.selfservice], "dhhhhhh"),
      ]),
    // A new email changes who can sign in, so it needs all rights of the account.
    "users.update email": row(
      others: "x",
      [
        (admins, "dddpdhh"), ([.owner], "dddddhh"), ([.narrowed], "xdxpdhh"),
        (inOrganization, "xdxphhh"), ([.helpdesk], "ddxphhh"), ([.selfservice], "dhhhhhh"),
      ]),
    "users.update roles": row(
      others: "x",
      deleting + [
        ([.narrowed], "pxxpxhh"), ([.helpdesk], "pxxphhh"), ([.selfservice], "phhhhhh"),
      ]),
    "users.update is_blocked": row(
      others: "x",
      deleting + [
        ([.narrowed], "pdxpdhh"), ([.helpdesk], "pdxphhh"), ([.selfservice], "phhhhhh"),
      ]),
    "users.delete": row(others: "x", deleting),
    "users.delete by id": row(
      others: "x", [(admins, "pddpddh"), ([.owner], "pdddddh"), (inOrganization, "pdxphdh")]),
    "users.delete softly": row(others: "x", deleting + [([.helpdesk], "pdxphhh")]),
    "users.delete the deleted": row(
      others: "x", [(admins + [.owner], "pddddhh"), (inOrganization, "pdddhhh")]),
    "users.restore": row(
      others: "x",
      [
        (admins + [.owner], "hddddhh"), (inOrganization + [.helpdesk], "hdddhhh"),
      ]),
    "users.bulk": row(others: "d", [([.adminReadOnly], "x")]),
  ]

  // MARK: Credentials

  /// Members who are developers and therefore manage their own tokens.
  private static let tokensOfOwn: [Caller] = [
    .member, .memberWithoutOrganization, .recruiter, .selfservice,
  ]

  private static let credentials = [
    "users.invite": row(
      others: "x",
      [
        (admins, "pddpdhh"), ([.owner], "pddddhh"),
        (inOrganization + [.recruiter], "pdxphhh"),
      ]),
    "users.reset_password": row(
      others: "x",
      [
        (admins, "dddpdhh"), ([.owner], "dddddhh"), (inOrganization, "xdxphhh"),
        ([.recruiter], "ddxphhh"),
      ]),
    "users.create_token": row(
      others: "x",
      [
        (admins, "dddpdhh"), ([.owner], "dddddhh"), (inOrganization, "xdxphhh"),
        ([.narrowed], "xdxpdhh"), (tokensOfOwn, "dhhhhhh"),
      ]),
    "users.create_token to read": row(
      others: "x",
      [
        (admins + [.narrowed], "dddpdhh"), ([.owner], "dddddhh"),
        (inOrganization, "xdxphhh"), (tokensOfOwn, "dhhhhhh"),
      ]),
    "users.list_tokens": row(
      others: "x",
      [
        (admins + [.owner, .narrowed], "dddddhh"), (inOrganization, "ddddhhh"),
        (tokensOfOwn, "dhhhhhh"),
      ]),
    // A caller without a session has none to end.
    "users.sign_out": row(others: "p", [([.session], "d"), ([.adminReadOnly], "x")]),
    "users.revoke_token": row(
      others: "x",
      [
        (admins, "dddpdhh"), ([.owner], "dddddhh"), ([.narrowed], "xdxpdhh"),
        (inOrganization, "xdxphhh"), (tokensOfOwn, "dhhhhhh"),
      ]),
  ]

  // MARK: Open to all

  private static let anybody = row(others: "d", [(Caller.unauthenticated, "d")])

  /// The launch makes a difference, and the caller does not. Hashing takes 70 ms, so most callers
  /// ask about the peer only.
  private static let secret = row(
    others: "-d-----",
    [
      (Caller.unauthenticated, "-d-----"), ([.none], "dddddhh"),
      (inOrganization, "ddddhhh"), ([.adminReadOnly], "x"),
    ])

  private static let open = [
    "server.info": anybody, "rpc.discover": anybody,
    "users.accept_invitation": secret, "users.authenticate": secret,
    "users.change_password": secret, "users.complete_password_reset": secret,
  ]
}
