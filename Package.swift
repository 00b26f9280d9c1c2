// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 with the stricter upcoming rules; a warning is an error.
///
/// Release builds may inline across modules, which the path from request bytes to reply bytes needs.
/// They leave out the checks for overlapping accesses that the compiler can't decide, which the tests,
/// as debug builds, make. They count references without atomic instructions: Roster has one thread.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
  .unsafeFlags(
    [
      "-cross-module-optimization", "-enforce-exclusivity=unchecked", "-Xfrontend",
      "-assume-single-threaded",
    ], .when(configuration: .release)),
]

// The module maps of libsodium, libidn2 and libunistring name archives, so that they are linked
// statically also into `roster-postgres`: it runs on releases of Debian whose libunistring differs.
// libpq is shared, because it gets the fixes of OpenSSL, and SQLite there, so that the tests of faults
// can stand between it and a debug build.
let package = Package(
  name: "roster",
  targets: [
    // MARK: JSON — bytes ⇄ values, on the standard library alone.
    .target(name: "JSON", swiftSettings: strict),

    // MARK: JSONRPC — framing, messages, ids, replies. The only target that knows the wire.
    .target(name: "JSONRPC", dependencies: ["JSON"], swiftSettings: strict),

    // MARK: Contract — methods as data: schemas, params, results, capabilities, failures.
    .target(name: "Contract", dependencies: ["JSON"], swiftSettings: strict),

    // MARK: Secrets — randomness and signatures, all from libsodium.
    .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
    .target(name: "Secrets", dependencies: ["CSodium"], swiftSettings: strict),

    // MARK: Users — accounts as they are stored, the store protocol, the memory store. Knows no caller.
    .systemLibrary(
      name: "CUnicode", providers: [.apt(["libidn2-dev", "libunistring-dev"])]),
    .target(
      name: "Users", dependencies: ["CLinux", "CUnicode", "Contract", "JSON", "Secrets"],
      swiftSettings: strict),

    // MARK: UserMethods — access control, and the methods.
    .target(
      name: "UserMethods", dependencies: ["Contract", "JSON", "Secrets", "Users"],
      swiftSettings: strict),

    // MARK: SQLiteUserStore — the file store. The only target that knows SQLite.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // CStoreFile — how SQLite reads and writes the files of a store.
    .target(name: "CStoreFile", dependencies: ["CSQLite"]),
    .target(
      name: "SQLiteUserStore",
      dependencies: ["CLinux", "CSQLite", "CStoreFile", "Contract", "Secrets", "Users"],
      swiftSettings: strict),

    // MARK: PostgresUserStore — the store on a database server. The only target that knows libpq.
    .systemLibrary(
      name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(
      name: "PostgresUserStore", dependencies: ["CPostgres", "Contract", "Secrets", "Users"],
      swiftSettings: strict),

    // MARK: Mail — letters as messages; passes them to a mailer process or a folder.
    .target(
      name: "Mail", dependencies: ["CLinux", "Contract", "Secrets", "Users"], swiftSettings: strict),

    // MARK: OpenRPC — the catalogue as an OpenRPC document and as JSON Schema.
    .target(name: "OpenRPC", dependencies: ["Contract", "JSON"], swiftSettings: strict),

    // MARK: Clients — the catalogue as typed clients: TypeScript, Python, JSON Schema.
    .target(name: "Clients", dependencies: ["Contract", "JSON"], swiftSettings: strict),

    // MARK: MCP — the catalogue as tools of the Model Context Protocol.
    .target(name: "MCP", dependencies: ["Contract", "JSON"], swiftSettings: strict),

    // MARK: CLinux — calls that Swift's Glibc module lacks.
    .systemLibrary(name: "CLinux"),

    // MARK: Server — the loop: bytes in → message → method → bytes out.
    .target(
      name: "Server",
      dependencies: [
        "CLinux", "Clients", "Contract", "JSON", "JSONRPC", "MCP", "OpenRPC", "UserMethods",
        "Users",
      ],
      swiftSettings: strict),

    // MARK: CLaunch — code that runs before Swift's runtime starts.
    .target(name: "CLaunch"),

    // MARK: Commands — the command line. It knows no store but the one in memory.
    .target(
      name: "Commands",
      dependencies: [
        "CLaunch", "CLinux", "Clients", "Contract", "JSON", "Mail", "Secrets", "Server",
        "UserMethods",
        "Users",
      ],
      swiftSettings: strict),

    // MARK: roster — the command line with the file store: one file, which passes the store to Commands.
    .executableTarget(
      name: "roster", dependencies: ["Commands", "SQLiteUserStore", "Users"],
      swiftSettings: strict,
      linkerSettings: [.unsafeFlags(["-static-executable"], .when(configuration: .release))]),

    // MARK: roster-postgres — the same with the store on a database server, linked to libpq. It copies
    // between both kinds.
    .executableTarget(
      name: "roster-postgres",
      dependencies: ["Commands", "PostgresUserStore", "SQLiteUserStore", "Server", "Users"],
      swiftSettings: strict,
      // Debian wants the tables of shared libraries to be read-only once they are filled.
      linkerSettings: [
        .unsafeFlags(["-Xlinker", "-z", "-Xlinker", "relro"], .when(configuration: .release))
      ]),

    // MARK: Tests — a folder for each target, the store suite, and the style rules.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "JSONRPCTests", dependencies: ["JSON", "JSONRPC", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "UsersTests",
      dependencies: [
        "Contract", "JSON", "PostgresUserStore", "SQLiteUserStore", "Secrets", "Server",
        "TestSupport", "UserMethods", "Users",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "StoreTests",
      dependencies: [
        "Contract", "CSQLite", "PostgresUserStore", "Secrets", "SQLiteUserStore", "TestSupport",
        "UserMethods", "Users",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MailTests", dependencies: ["Mail", "TestSupport", "Users"],
      exclude: ["check_mail.py"], swiftSettings: strict),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Contract", "JSON", "Server", "TestSupport", "UserMethods", "Users", "roster",
        "roster-postgres",
      ],
      exclude: ["Transcripts"], swiftSettings: strict),
    .testTarget(
      name: "CommandsTests", dependencies: ["Commands", "TestSupport", "roster"],
      exclude: ["complete.bash", "complete.fish", "complete.zsh"], swiftSettings: strict),
    .testTarget(
      name: "ProcessTests", dependencies: ["TestSupport", "roster", "roster-postgres"],
      swiftSettings: strict),
    .testTarget(
      name: "StyleTests",
      dependencies: [
        "Commands", "Contract", "JSON", "JSONRPC", "MCP", "Server", "UserMethods", "Users",
      ],
      swiftSettings: strict),
  ]
)
