import SQLiteUserStore
import Testing
import Users

/// Identity keys: emails and usernames match in every spelling.
@Suite struct IdentitySuite {
  private func account(_ n: Int, _ email: String, username: String? = nil) -> User {
    Account.make(n) { user in
      user.email = email
      user.username = username ?? email
    }
  }

  @Test(
    "An email is found in every spelling, and every spelling of it is taken",
    arguments: StoreKind.allCases,
    [
      ("νικος@x.example", "νικοσ@x.example"), ("νικοσ@x.example", "νικος@x.example"),
      ("ſam@x.example", "sam@x.example"), ("sam@x.example", "ſam@x.example"),
      ("a@xn--e1afmkfd.example", "a@пример.example"),
      ("a@пример.example", "a@xn--e1afmkfd.example"),
    ])
  func spellings(kind: StoreKind, pair: (stored: String, other: String)) throws {
    let user = account(1, pair.stored)
    try kind.withStore(holding: [user]) { store in
      for spelling in [pair.stored, pair.other] {
        #expect(try store.user(.email(spelling)) == user)
        let heir = account(2, spelling)
        #expect(try store.reading { try store.conflict(of: heir, isNew: true) } == .email)
        let named = account(2, "other@x.example", username: spelling)
        #expect(try store.reading { try store.conflict(of: named, isNew: true) } == .username)
        for condition in [TextCondition.email, .username] {
          var filter = Filter(scope: .all)
          filter.require(.text(condition, condition.text(of: spelling)))
          #expect(try store.page(PageQuery(filter: filter, limit: 9)).users == [user])
        }
      }
      // Deleting the account frees every spelling.
      try store.writing {
        try store.replace(PackedUser(user), with: PackedUser(user.deleted(at: Sample.time(9))))
      }
      #expect(try store.user(.email(pair.other)) == nil)
      #expect(
        try store.reading { try store.conflict(of: account(2, pair.other), isNew: true) } == nil)
      var filter = Filter(scope: .all)
      filter.statuses = [.deleted]
      filter.require(.text(.email, TextCondition.email.text(of: pair.other)))
      #expect(try store.total(filter) == 1)
    }
  }

  @Test("Usernames are unique regardless of case", arguments: StoreKind.allCases)
  func usernames(kind: StoreKind) throws {
    let bob = account(1, "b@x.example", username: "Bob")
    try kind.withStore(holding: [bob]) { store in
      for username in ["Bob", "bob", "BOB"] {
        let other = account(2, "c@x.example", username: username)
        #expect(try store.reading { try store.conflict(of: other, isNew: true) } == .username)
      }
      let renamed = account(1, "b@x.example", username: "BOB")
      #expect(try store.reading { try store.conflict(of: renamed, isNew: false) } == nil)
      try store.writing { try store.replace(PackedUser(bob), with: PackedUser(renamed)) }
      let free = account(2, "c@x.example", username: "rob")
      #expect(try store.reading { try store.conflict(of: free, isNew: true) } == nil)
      try store.writing { try store.remove(PackedUser(renamed)) }
      let heir = account(2, "c@x.example", username: "bob")
      #expect(try store.reading { try store.conflict(of: heir, isNew: true) } == nil)
    }
  }

  @Test(
    "The domain filter finds emails stored with either spelling of the domain",
    arguments: StoreKind.allCases)
  func domains(kind: StoreKind) throws {
    let users = [account(1, "a@xn--e1afmkfd.example"), account(2, "b@пример.example")]
    try kind.withStore(holding: users) { store in
      var filter = Filter(scope: .all)
      filter.require(.text(.emailDomain, "пример.example"))
      let found = try store.page(PageQuery(filter: filter, limit: 9)).users
      #expect(found.map(\.id) == users.map(\.id))
    }
  }

  @Test("A rollback frees the spellings that its transaction took", arguments: StoreKind.allCases)
  func undone(kind: StoreKind) throws {
    try kind.withStore(holding: []) { store in
      try store.beginWrite()
      try store.insert(PackedUser(account(1, "νικος@x.example")))
      #expect(try store.conflict(of: account(2, "νικοσ@x.example"), isNew: true) == .email)
      store.rollback()
      #expect(
        try store.reading { try store.conflict(of: account(2, "νικοσ@x.example"), isNew: true) }
          == nil)
      #expect(try store.user(.email("νικοσ@x.example")) == nil)
    }
  }
}
