package service

import (
	"context"
	"errors"
)

// Attach is the Starter of a service that is already running.
func Attach(context.Context, Launch) (Service, error) { return externalService{}, nil }

// externalService is a service that the suite neither starts nor stops.
type externalService struct{}

// errExternalService is the error of externalService.Stop.
var errExternalService = errors.New("the suite cannot stop a service that it did not start")

// Stop implements Service.
func (externalService) Stop(context.Context) error { return errExternalService }

// Kill implements Service.
func (externalService) Kill() {}

// Ended implements Service. It returns nil, since the suite cannot observe when the service
// ends.
func (externalService) Ended() <-chan struct{} { return nil }

// Output implements Service. It returns "", since the suite cannot see what the service
// prints.
func (externalService) Output() string { return "" }
