'use strict';

const { trace, TraceFlags } = require('@opentelemetry/api');
const { SamplingDecision } = require('@opentelemetry/sdk-trace');

// PathSampler drops requests by their path when their span starts. Child spans follow the
// decision of their parent.
class PathSampler {
  constructor(prefix) {
    this.prefix = prefix;
  }

  shouldSample(context, _traceId, _name, _kind, attributes) {
    const parent = trace.getSpanContext(context);
    if (parent && !parent.isRemote) {
      const isSampled = (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
      return { decision: isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD };
    }
    if (attributes['url.path']?.startsWith(this.prefix)) {
      return { decision: SamplingDecision.NOT_RECORD };
    }
    return {
      decision: SamplingDecision.RECORD_AND_SAMPLED,
      attributes: { 'sampler.attributes': Object.keys(attributes).join(',') },
    };
  }

  toString() {
    return `PathSampler{${this.prefix}}`;
  }
}

module.exports = { PathSampler };
