package snippet

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/samespan/samespan/core"
	"github.com/samespan/samespan/nethttpotel"
)

// Orders is the service in the guide for users of FastAPI.
type Orders struct {
	db     *sql.DB
	tracer trace.Tracer
	tel    *core.Telemetry
}

// Session runs work in a transaction.
func (o *Orders) Session(ctx context.Context, work func(context.Context, *sql.Tx) error) error {
	_, acquiring := o.tracer.Start(ctx, "db acquire")
	tx, err := o.db.BeginTx(ctx, nil)
	acquiring.End()
	if err != nil {
		return err
	}
	// After a commit, Rollback has no effect.
	defer func() { _ = tx.Rollback() }()
	if err := work(ctx, tx); err != nil {
		return err
	}
	_, committing := o.tracer.Start(ctx, "db commit")
	defer committing.End()
	return tx.Commit()
}

// Process handles GET /process/{item_id}.
func (o *Orders) Process(w http.ResponseWriter, r *http.Request) {
	ctx, span := o.tracer.Start(r.Context(), "process_item_logic",
		trace.WithAttributes(attribute.String("item.id", r.PathValue("item_id"))))
	defer span.End()
	err := o.Session(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE items SET processed = now() WHERE id = $1", r.PathValue("item_id"))
		return err
	})
	if err != nil {
		http.Error(w, "not processed", http.StatusInternalServerError)
		return
	}
	span.SetAttributes(attribute.String("processing.status", "completed"))
	item := r.PathValue("item_id")
	o.tel.Go(ctx, "send receipt", func(ctx context.Context) error { return o.sendReceipt(ctx, item) })
	fmt.Fprintf(w, `{"item_id":%q,"status":"processed"}`, item)
}

func (o *Orders) sendReceipt(ctx context.Context, item string) error {
	_, err := o.db.ExecContext(ctx, "INSERT INTO receipts (item) VALUES ($1)", item)
	return err
}

// Run runs the whole service.
func Run(ctx context.Context, open func() (*sql.DB, error)) (err error) {
	tel, err := core.Setup(ctx, core.WithServiceName("orders"), core.WithExclude("healthz", "metrics", "docs"))
	if err != nil {
		return err
	}
	db, err := open()
	if err != nil {
		return errors.Join(err, tel.Shutdown(ctx))
	}
	defer func() { err = errors.Join(err, db.Close()) }() // after Serve has waited for the requests

	orders := &Orders{db: db, tracer: tel.TracerProvider().Tracer("orders"), tel: tel}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /process/{item_id}", orders.Process)
	return tel.Serve(ctx, &http.Server{Addr: ":8000", Handler: nethttpotel.Middleware(tel)(mux)})
}
