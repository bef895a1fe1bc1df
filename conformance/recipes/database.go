package recipes

import (
	"context"
	"database/sql"

	"github.com/XSAM/otelsql"
	"github.com/exaring/otelpgx"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/v9"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"gorm.io/gorm"
	"gorm.io/plugin/opentelemetry/tracing"

	"github.com/samespan/samespan/core"
)

// SQL opens a database. Each query records a span.
func SQL(tel *core.Telemetry, driver, dsn string) (*sql.DB, error) {
	db, err := otelsql.Open(driver, dsn,
		otelsql.WithAttributes(semconv.DBSystemNamePostgreSQL),
		otelsql.WithTracerProvider(tel.TracerProvider()),
		otelsql.WithMeterProvider(tel.MeterProvider()),
	)
	return db, err
}

// Pgx opens a connection pool. Each query records a span.
func Pgx(ctx context.Context, tel *core.Telemetry, dsn string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	config.ConnConfig.Tracer = otelpgx.NewTracer(otelpgx.WithTracerProvider(tel.TracerProvider()))
	return pgxpool.NewWithConfig(ctx, config)
}

// Gorm makes db record a span for each query.
func Gorm(tel *core.Telemetry, db *gorm.DB) error {
	return db.Use(tracing.NewPlugin(tracing.WithTracerProvider(tel.TracerProvider()), tracing.WithoutQueryVariables()))
}

// Redis returns a client that records a span for each command.
func Redis(tel *core.Telemetry, addr string) (*redis.Client, error) {
	client := redis.NewClient(&redis.Options{Addr: addr})
	err := redisotel.InstrumentTracing(client, redisotel.WithTracerProvider(tel.TracerProvider()), redisotel.WithDBStatement(false))
	return client, err
}
