import { packageTests, relaxedSimd } from '../../scripts/vitest-base.ts';

export default packageTests({ execArgv: [...relaxedSimd] });
