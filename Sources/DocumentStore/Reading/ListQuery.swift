internal import GRDB

/// A query whose conditions depend on what is asked for.
struct ListQuery {
    /// The columns asked for.
    let columns: String
    /// Tables and joins.
    let tables: String
    private var conditions: [String] = []
    private var bindings: [(PreparedStatement) -> Void] = []

    init(_ columns: String, from tables: String) {
        self.columns = columns
        self.tables = tables
    }

    mutating func add(_ condition: String, _ binding: ((PreparedStatement) -> Void)? = nil) {
        conditions.append(condition)
        if let binding { bindings.append(binding) }
    }

    /// All conditions in one.
    var condition: String { conditions.isEmpty ? "1" : conditions.joined(separator: " AND ") }

    /// Binds the values that ``condition`` asks for.
    func bind(to statement: PreparedStatement) {
        for binding in bindings { binding(statement) }
    }

    /// The rows that satisfy all conditions, newest first.
    func statement(_ database: Database, order: String, limit: Int?) throws -> PreparedStatement {
        var sql = "SELECT \(columns) FROM \(tables) WHERE \(condition) ORDER BY \(order) DESC"
        if limit != nil { sql += " LIMIT ?" }
        let statement = try PreparedStatement(database, sql)
        bind(to: statement)
        if let limit { statement.bind(limit) }
        return statement
    }
}
