package core_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// spanNameTree is a writer for WithDevelopment that prints only the names of the spans in
// each tree, since ids and times differ in every run.
type spanNameTree struct{}

func (spanNameTree) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		line = strings.TrimSpace(line)
		if name, _, _ := strings.Cut(line, "  "); name != "" && !strings.HasPrefix(line, "trace ") {
			fmt.Println(name)
		}
	}
	return len(p), nil
}

// exampleServer is a server on a free port that the examples send requests to.
type exampleServer struct {
	*http.Server
	listener net.Listener
}

func newExampleServer(handler http.Handler) exampleServer {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return exampleServer{Server: &http.Server{Handler: handler}, listener: listener}
}

func (l exampleServer) ListenAndServe() error { return l.Serve(l.listener) }

func (l exampleServer) post(path string) {
	response, err := http.Post("http://"+l.listener.Addr().String()+path, "", http.NoBody)
	if err != nil {
		panic(err)
	}
	response.Body.Close()
}

// openDatabase opens a fake database in which the item "sold-out" is sold out.
func openDatabase() *sql.DB { return sql.OpenDB(fakeDatabase{}) }

// fakeDatabase is a driver.Connector that prints when it is closed.
type fakeDatabase struct{}

func (fakeDatabase) Connect(context.Context) (driver.Conn, error) { return fakeConn{}, nil }

func (fakeDatabase) Driver() driver.Driver { return nil }

func (fakeDatabase) Close() error {
	fmt.Println("the database is closed")
	return nil
}

// fakeConn is a connection and a transaction. A statement fails if its first argument is
// "sold-out".
type fakeConn struct{}

func (fakeConn) Prepare(string) (driver.Stmt, error) {
	return nil, errors.New("there are no statements here")
}

func (fakeConn) Begin() (driver.Tx, error) { return fakeConn{}, nil }

func (fakeConn) Commit() error { return nil }

func (fakeConn) Rollback() error { return nil }

func (fakeConn) Close() error { return nil }

func (fakeConn) ExecContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Result, error) {
	if args[0].Value == "sold-out" {
		return nil, errors.New("sold out")
	}
	return driver.ResultNoRows, nil
}
