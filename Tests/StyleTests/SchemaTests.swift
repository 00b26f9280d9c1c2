import Contract
import Foundation
import Server
import Testing
import UserMethods
import Users

/// The generated documents in `schema/`. `UPDATE_SCHEMA=1 swift test` updates them. A file has a
/// temporary name while it is written, so the tests run one after the other.
@Suite(.serialized) struct SchemaTests {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "schema")

  private static var documents: [String: String] {
    var documents = ["openrpc.json": ServerCatalog.document]
    for schema in ServerCatalog.schemas {
      documents["\(schema.name).json"] = schema.document
    }
    return documents
  }

  /// For people who read the files: one member on each line, in the catalogue's order.
  private static func indented(_ json: String) throws -> String { try json.indentedJSON() + "\n" }

  @Test("The files in schema/ match the catalogue") func upToDate() throws {
    let isUpdating = ProcessInfo.processInfo.environment["UPDATE_SCHEMA"] == "1"
    for (name, document) in Self.documents {
      let file = Self.folder.appending(path: name)
      let expected = try Self.indented(document)
      if isUpdating { try expected.write(to: file, atomically: true, encoding: .utf8) }
      let found = try? String(contentsOf: file, encoding: .utf8)
      #expect(found == expected, "schema/\(name) is out of date: run UPDATE_SCHEMA=1 swift test")
    }
  }

  @Test("The descriptions and the methods of the catalogue are the same, in the same order")
  func describesWhatAnswers() {
    let catalog: Catalog<StoreAccessControl<MemoryUserStore>> = ServerCatalog.make()
    let described = ServerCatalog.descriptions.map(\.name.description)
    #expect(catalog.descriptions.map(\.name.description) == described)
  }

  @Test("schema/ contains no other files") func nothingElse() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(Self.documents.keys))
  }
}
