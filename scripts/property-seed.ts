import { configureGlobal } from 'fast-check';

/**
 * Property tests draw the same cases in every run, so that a change is judged by itself and not by luck.
 * `PROPERTY_SEED=$RANDOM npx vitest run` looks further; what it finds becomes an example in the test.
 */
configureGlobal({ seed: Number(process.env.PROPERTY_SEED ?? 20261121) });
