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

// transactionRunner gives each handler a transaction, with spans for waiting for a
// connection and for ending the transaction.
type transactionRunner struct {
	db     *sql.DB
	tracer trace.Tracer
}

// inTransaction runs work in a transaction. It commits, or rolls back if work fails or
// panics.
func (s transactionRunner) inTransaction(ctx context.Context, work func(context.Context, *sql.Tx) error) (err error) {
	var tx *sql.Tx
	err = s.withSpan(ctx, "db acquire", func(ctx context.Context) (err error) {
		tx, err = s.db.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return err
	}
	commit := false
	defer func() {
		if !commit {
			err = errors.Join(err, s.withSpan(ctx, "db rollback", func(context.Context) error { return tx.Rollback() }))
		}
	}()
	if err := work(ctx, tx); err != nil {
		return err
	}
	commit = true
	return s.withSpan(ctx, "db commit", func(context.Context) error { return tx.Commit() })
}

// withSpan runs do in a span.
func (s transactionRunner) withSpan(ctx context.Context, name string, do func(context.Context) error) error {
	ctx, span := s.tracer.Start(ctx, name)
	defer span.End()
	err := do(ctx)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, err.Error())
	}
	return err
}

// Each request gets a database session, which begins and ends inside the server span
// and has its own spans. Close the pool after Serve has returned: by then the requests
// are answered, the tasks of Telemetry.Go are done and the spans are exported.
func Example_databaseSession() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithDevelopment(spanNameTree{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	runner := transactionRunner{db: openDatabase(), tracer: tel.TracerProvider().Tracer("orders")}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders/{item}", func(w http.ResponseWriter, r *http.Request) {
		// In a service, an adapter starts this span.
		ctx, span := runner.tracer.Start(r.Context(), "POST /orders/{item}", trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		err := runner.inTransaction(ctx, func(ctx context.Context, tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO orders (item) VALUES (?)", r.PathValue("item"))
			return err
		})
		if err != nil {
			w.WriteHeader(http.StatusConflict)
		}
	})
	server := newExampleServer(mux)
	served := make(chan error, 1)
	go func() { served <- tel.Serve(ctx, server) }()

	server.post("/orders/tea")
	server.post("/orders/sold-out")
	stop() // as SIGTERM does
	if err := errors.Join(<-served, runner.db.Close()); err != nil {
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
