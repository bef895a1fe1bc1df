package core_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
)

// sessions gives handlers a transaction each, with spans around what takes time
// beside the handler's own work: waiting for a connection, and the end.
type sessions struct {
	db     *sql.DB
	tracer trace.Tracer
}

// run commits what work does, or rolls it back if work fails or panics.
func (s sessions) run(ctx context.Context, work func(context.Context, *sql.Tx) error) (err error) {
	var tx *sql.Tx
	err = s.traced(ctx, "db acquire", func(ctx context.Context) (err error) {
		tx, err = s.db.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return err
	}
	commit := false
	defer func() {
		if !commit {
			err = errors.Join(err, s.traced(ctx, "db rollback", func(context.Context) error { return tx.Rollback() }))
		}
	}()
	if err := work(ctx, tx); err != nil {
		return err
	}
	commit = true
	return s.traced(ctx, "db commit", func(context.Context) error { return tx.Commit() })
}

// traced runs do under a span of its own.
func (s sessions) traced(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, span := s.tracer.Start(ctx, name)
	defer span.End()
	err := do(ctx)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}

// A database session for each request: set up and torn down inside the server
// span, and visible there. The pool is closed when Serve has returned: the
// requests have been answered by then, the tasks of Telemetry.Go are done, and
// their spans are sent.
func Example_databaseSession() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithDevelopment(namesOnly{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	session := sessions{db: openDatabase(), tracer: tel.TracerProvider().Tracer("orders")}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{item}", func(w http.ResponseWriter, r *http.Request) {
		// The span that an adapter makes by itself.
		ctx, span := session.tracer.Start(r.Context(), "POST /orders/{item}", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		err := session.run(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO orders (item) VALUES (?)", r.PathValue("item"))
			return err
		})
		if err != nil {
			w.WriteHeader(http.StatusConflict)
		}
	})
	server := listen(mux)
	served := make(chan error, 1)
	go func() { served <- tel.Serve(ctx, server) }()

	server.post("/orders/tea")
	server.post("/orders/sold-out")
	stop() // as SIGTERM does
	if err := errors.Join(<-served, session.db.Close()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// POST /orders/{item}
	// ├─ db acquire
	// └─ db commit
	// POST /orders/{item}
	// ├─ db acquire
	// └─ db rollback
	// the database is closed
}
