import { configureGlobal } from 'fast-check';

/**
 * Property tests draw the same cases in every run, so that a test result depends on the code and not on luck.
 * `PROPERTY_SEED=$RANDOM npx vitest run` tries other cases. A case that fails becomes an example in the test.
 */
configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20261121) });
